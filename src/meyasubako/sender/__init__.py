"""Who really sent it: SPF, DKIM, DMARC, ARC behind a Resolver protocol. Pure."""
