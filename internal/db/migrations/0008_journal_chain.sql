-- The chain over the journal: each committed entry has one link, whose hash
-- follows from the link before and the entry. A sequencer writes them, so that
-- writers never wait for the head of the chain. The key is the entry's.
CREATE TABLE journal_links (
	{{key}},
	realm_id {{id}} NOT NULL,
	seq      {{int}} NOT NULL,
	hash     text NOT NULL{{endkey}},
	UNIQUE (realm_id, seq)
) {{strict}};

-- Signed statements of how far the chain had come. They are also appended to a
-- file outside the data folder, where one is named.
CREATE TABLE journal_checkpoints (
	realm_id  {{id}} NOT NULL,
	seq       {{int}} NOT NULL,
	hash      text NOT NULL,
	at        {{instant}} NOT NULL,
	signature text NOT NULL,
	PRIMARY KEY (realm_id, seq)
) {{strict}};
