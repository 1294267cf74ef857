"""What the front desk does: the only room that writes."""
