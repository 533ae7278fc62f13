-- What a realm has set instead of what the program comes with. A change
-- supersedes a row and adds another; nothing is overwritten. An empty value is
-- the way back to what the program comes with.
CREATE TABLE settings (
	{{key}},
	realm_id      {{id}} NOT NULL REFERENCES realms (id),
	name          {{name}} NOT NULL,
	value         text NOT NULL,
	reason        text NOT NULL,
	set_by        {{id}},
	recorded_at   {{instant}} NOT NULL,
	superseded_at {{instant}}{{endkey}}
) {{strict}};

CREATE UNIQUE INDEX settings_now ON settings (realm_id, name) WHERE superseded_at IS NULL;
