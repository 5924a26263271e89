"""Mail from the network: a receive-only SMTP and LMTP server around a protocol core that does no I/O.

``protocol`` is the core: bytes in, events and bytes out; it opens nothing and never looks at a clock. ``commands``
reads lines, ``replies`` holds what is answered, ``limits`` what is too much. Around it: ``proxy`` (the PROXY protocol),
``tls``, ``admission`` (who may connect, how often), ``room`` (is there room in the spool), ``desk`` (which monitor, which
spool, which row) and ``server`` (sockets). Nothing here sends mail: there is no client, no queue and no relaying.
"""
