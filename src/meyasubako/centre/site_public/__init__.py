"""The public site: the figures as charts, tables and open data, in Japanese and English."""
