"""Models: what a .tflite file says about itself, and inputs for it."""
