"""How `costguard doctor` judges what was found out about the organisations, and shows it."""
