"""Names of businesses as a firm and its package write them. All invented."""

from __future__ import annotations

SAME = [
    # legal forms, old and new, in front, behind, with dots, in both languages
    ("Bakkerij De Smet BV", "BAKKERIJ DE SMET"),
    ("Bakkerij De Smet BV", "Bakkerij De Smet BVBA"),
    ("Garage Peeters", "Garage  Peeters b.v.b.a."),
    ("Dupont & Fils SRL", "SPRL Dupont et Fils"),
    ("Dupont & Fils SRL", "DUPONT ET FILS S.P.R.L."),
    ("NV Bouwwerken Claes", "Bouwwerken Claes N.V."),
    ("Claes Bouw NV", "Claes Bouw SA"),
    ("Imprimerie Lambert SA", "Imprimerie Lambert"),
    ("VOF Van Dijk en Zonen", "Van Dijk & Zonen V.O.F."),
    ("Studio Noord CommV", "Studio Noord Comm. V."),
    ("Studio Noord Comm.V", "Studio Noord Gewone Commanditaire Vennootschap"),
    ("Koor De Leeuwerik VZW", "De Leeuwerik koor"),
    ("Chorale du Val ASBL", "Chorale du Val (asbl)"),
    ("Hoeve Zonnebloem CVBA", "Hoeve Zonnebloem CV"),
    ("Jansen Beheer B.V.", "Jansen Beheer BV i.o."),
    # spelling: accents, joined and split words, hyphens, apostrophes, & and plurals
    ("Brasserie de l'Écluse", "Brasserie de l Ecluse"),
    ("Pâtisserie Noël", "PATISSERIE NOEL"),
    ("Van den Berghe Schrijnwerken", "Vandenberghe Schrijnwerken"),
    ("Electro-Mechanica Wouters", "Electromechanica Wouters"),
    ("Café 't Hoekje", "Cafe Het Hoekje"),
    ("Algemene Dakwerken Maes", "Alg. Dakwerken Maes"),
    ("Schilderwerken Vermeersch", "Schilderwerken Vermeersh"),
    ("Kapsalon Annelies", "Kapsalon Anneliese"),
    ("Transport Willems & Co", "Transport Willems en Co"),
    ("Müller Metaalbewerking", "Muller Metaalbewerking"),
    # order
    ("Zeezicht Hotel", "Hotel Zeezicht"),
    ("Peeters Jan", "Jan Peeters"),
    ("De Smet Bakkerij", "Bakkerij De Smet"),
    # what firms put in front of and behind a dossier's name
    ("Garage Peeters BV", "100234 Garage Peeters"),
    ("Garage Peeters BV", "100234 - GARAGE PEETERS BV"),
    ("Garage Peeters BV", "Garage Peeters (2024)"),
]

DIFFERENT = [
    # one trade, another family; one family, another trade
    ("Bakkerij De Smet", "Slagerij De Smet"),
    ("Bakkerij De Smet", "Bakkerij De Smedt-Maes"),
    ("Bakkerij De Smet", "Bakkerij De Wit"),
    ("Garage Peeters", "Garage Pieters Gent"),
    ("Garage Peeters", "Peeters"),
    ("Garage Peeters", "Garage Peeters Gent"),
    ("Jan Peeters", "Jos Peeters"),
    ("Jan Peeters", "Jan Pauwels"),
    ("Dupont & Fils", "Dupont & Filles"),
    ("Dupont & Fils", "Dupont Frères"),
    ("Dokter Maes", "Dokter Maas"),
    # numbers, places and parts tell them apart
    ("Immo Noord 1", "Immo Noord 2"),
    ("Immo Noord", "Immo Zuid"),
    ("Immo Noord", "Immo Oost"),
    ("Residentie Parkzicht", "Residentie Bergzicht"),
    ("Apotheek Centrum Leuven", "Apotheek Centrum Gent"),
    ("Hotel Zeezicht Oostende", "Hotel Zeezicht Knokke"),
    ("Jansen Beheer", "Jansen Holding"),
    ("Jansen Beheer", "Jansen Beheer Vastgoed"),
    ("Claes Bouw", "Claes Bouwmaterialen"),
    ("Van Dijk Advies", "Van Dam Advies"),
    ("Van Dijk en Zonen", "Van Dijk"),
    ("Transport Willems", "Transport Wouters"),
    ("Studio Noord", "Studio Woord"),
    ("Koor De Leeuwerik", "Koor De Nachtegaal"),
    # only the legal form is the same, or a word of every trade
    ("BV Claes", "BV Maes"),
    ("Algemene Bouwwerken", "Algemene Dakwerken"),
    ("Consulting Services", "Cleaning Services"),
    ("De Wit Consulting", "De Wilde Consulting"),
]
