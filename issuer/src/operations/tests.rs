//! Operations with a fixed clock and randomness that repeats.
