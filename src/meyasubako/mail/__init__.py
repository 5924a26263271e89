"""Reading mail: bytes -> ``Message``. Pure: no network, no clock, no settings; never raises on any input."""
