-- Whom an entry of the journal is about, where they are many: an export of
-- 20,000 people is one entry and 40 rows. ids are the differences of the sorted
-- ids, each as a varint; the entry holds their number and their hash.
CREATE TABLE journal_subjects (
	realm_id {{id}} NOT NULL,
	entry_id {{id}} NOT NULL,
	part     {{int}} NOT NULL,
	first_id {{id}} NOT NULL,
	last_id  {{id}} NOT NULL,
	ids      {{blob}} NOT NULL,
	PRIMARY KEY (realm_id, entry_id, part)
) {{strict}};

CREATE INDEX journal_subjects_by_id ON journal_subjects (realm_id, first_id, last_id);
