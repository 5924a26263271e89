"""How the text of a mail is read for the law: folding, names, postal addresses, contacts, opt-outs, advertising."""
