"""What a society of a million needs: rates, memory and time at scale, each against something bare beside it."""
