-- A person's page names the duties that he or she holds.
CREATE INDEX officers_by_person ON officers (realm_id, person_id) WHERE superseded_at IS NULL;
