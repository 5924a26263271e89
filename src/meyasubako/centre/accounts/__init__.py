"""People, organisations, roles and second factors; who may do what."""
