"""Keys with which programs of organisations use the API: scopes, limits, an end; made by an administrator."""
