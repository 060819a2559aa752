"""What the pages Deliveries and Overview are made of."""
