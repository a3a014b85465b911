"""What costguard costs to run, measured on the simulated organisation."""
