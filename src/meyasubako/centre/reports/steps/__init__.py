"""Steps that run by themselves, each a plain function of the present; the schedule names them."""
