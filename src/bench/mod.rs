//! Speed: what to run, in which order, and what was measured. Yields events; never prints.
