"""Reading a mail safely: bytes in, values out that a page can show without doing anything the mail wants.

Pure: no Django, no database, no network, no clock. Every text is cut up into pieces (:mod:`.pieces`), in which what
cannot be seen is a mark and what could be followed is defanged; HTML is made inert (:mod:`.markup`). The pages are in
:mod:`meyasubako.centre.site_staff.mail_pages`, the bytes come from :mod:`meyasubako.centre.site_staff.mail_store`.
"""
