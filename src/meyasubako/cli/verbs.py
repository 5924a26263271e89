"""The verbs of ``meyasu`` and one line about each, in the order a mail takes."""

from __future__ import annotations

VERBS: dict[str, str] = {
    "sample": "Make a sample of spam and lawful mail with its ground truth.",
    "ingest": "Take archives of mail in; returns when their observations are committed.",
    "smtp": "Take mail from the network over SMTP; each is on the disk before it is answered for.",
    "lmtp": "Take mail from a mail server in front of this one, over LMTP.",
    "imap": "Pull mail out of a mailbox on an IMAP server, each once; nothing is changed there unless told.",
    "commit": "Bring what the receivers laid into the spool into the tables.",
    "follow": "Analyse what has arrived and was not yet looked at.",
    "explain": "Show what a mail is, where it came from and what was found in it.",
    "unwrap": "Show the mails that a report holds, or why it has to wait for a person.",
    "verify": "Prove who really sent a mail, from the DNS answers kept at its receipt.",
    "lint": "Check a mail against the law before it is sent.",
    "figures": "Print the month's figures.",
    "campaigns": "List the month's largest campaigns.",
    "reobserve": "Analyse again what was observed, with the analysis as it is now.",
    "seals": "Check that arrivals are what was sealed; sign the head; prove one arrival.",
    "erase": "Take a mail out of every table for good; a tombstone says when and why.",
    "compact": "Rewrite small files into large ones, and drop what no reader needs.",
    "ingest-log": "Count mail to unknown recipients from the logs of a Postfix.",
    "unknown-recipients": "List who sent to names that do not exist, and which names look made up.",
    "api-key": "Make, list and revoke keys of the API.",
    "monitor": "Keep the register of monitor mailboxes, by hand or as a CSV file.",
    "account": "Invite, list and close the accounts of the staff site; the first administrator.",
    "audit": "Read the audit log, prove its chain, hand out its head.",
    "keys": "List, rotate and retire the keys under which personal data lies sealed.",
    "schedule": "Do what the centre does by itself: answers, upkeep, campaigns, the day's seal.",
    "doctor": "Look whether everything is there, and say what to do where it is not.",
    "serve": "Run a whole centre on this machine: sites, mail servers, analysis, schedule.",
}
