"""Tags of the staff site's templates."""
