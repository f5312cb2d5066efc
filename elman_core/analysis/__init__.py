"""What goes on inside a network: states, dynamics, the landscape of the loss, and what lesions do."""
