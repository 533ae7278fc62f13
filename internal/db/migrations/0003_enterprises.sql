-- An enterprise (company, institute, social organisation) as it is now. What
-- must be replayed is dated in enterprise_facts and repeated here.
-- org_id is the organisation that looks after it, whether or not it is covered.
CREATE TABLE enterprises (
	{{key}},
	realm_id      {{id}} NOT NULL REFERENCES realms (id),
	name          text NOT NULL CHECK (name <> ''),
	name_key      {{name}} NOT NULL,
	initials      {{name}} NOT NULL,
	credit_code   {{name}},
	org_id        {{id}} NOT NULL,
	path          {{name}} NOT NULL,
	type          text NOT NULL,
	industry      text NOT NULL,
	employees     {{int}},
	foreign_share {{int}},
	state         text NOT NULL,
	verified_on   {{date}},
	members_found {{int}},
	version       {{int}} NOT NULL,
	created_at    {{instant}} NOT NULL{{endkey}},
	CHECK (employees >= 0),
	CHECK (foreign_share BETWEEN 0 AND 100),
	{{ref "org_id" "orgs"}}
) {{strict}};

CREATE UNIQUE INDEX enterprises_by_code ON enterprises (realm_id, credit_code);
CREATE INDEX enterprises_by_path ON enterprises (realm_id, path, name_key);
CREATE INDEX enterprises_by_name ON enterprises (realm_id, name_key);
CREATE INDEX enterprises_by_initials ON enterprises (realm_id, initials);

-- What held of an enterprise on which days, and when we knew it.
-- members_found counts full members seen at the last verification.
CREATE TABLE enterprise_facts (
	{{key}},
	realm_id      {{id}} NOT NULL,
	enterprise_id {{id}} NOT NULL,
	org_id        {{id}} NOT NULL,
	name          text NOT NULL,
	type          text NOT NULL,
	industry      text NOT NULL,
	employees     {{int}},
	foreign_share {{int}},
	state         text NOT NULL,
	verified_on   {{date}},
	members_found {{int}},
	reason        text NOT NULL,
	valid_from    {{date}} NOT NULL,
	valid_to      {{date}} NOT NULL,
	recorded_at   {{instant}} NOT NULL,
	superseded_at {{instant}},
	batch_id      {{id}}{{endkey}},
	CHECK (valid_from < valid_to),
	{{ref "enterprise_id" "enterprises"}}
) {{strict}};

CREATE INDEX enterprise_facts_by_enterprise ON enterprise_facts (realm_id, enterprise_id, recorded_at);
CREATE UNIQUE INDEX enterprise_facts_now ON enterprise_facts (realm_id, enterprise_id) WHERE superseded_at IS NULL AND valid_to = '9999-12-31';

-- Which organisation is hosted by which enterprise, from when: many to many.
-- A joint branch is hosted by each enterprise that it covers.
CREATE TABLE hostings (
	{{key}},
	realm_id      {{id}} NOT NULL,
	org_id        {{id}} NOT NULL,
	enterprise_id {{id}} NOT NULL,
	valid_from    {{date}} NOT NULL,
	valid_to      {{date}} NOT NULL,
	recorded_at   {{instant}} NOT NULL,
	superseded_at {{instant}},
	reason        text NOT NULL,
	batch_id      {{id}}{{endkey}},
	CHECK (valid_from < valid_to),
	{{ref "org_id" "orgs"}},
	{{ref "enterprise_id" "enterprises"}}
) {{strict}};

CREATE INDEX hostings_by_enterprise ON hostings (realm_id, enterprise_id);
CREATE INDEX hostings_by_org ON hostings (realm_id, org_id);

CREATE TABLE teams (
	{{key}},
	realm_id      {{id}} NOT NULL,
	enterprise_id {{id}} NOT NULL,
	org_id        {{id}},
	name          text NOT NULL CHECK (name <> ''),
	formed_on     {{date}},
	ended_on      {{date}},
	version       {{int}} NOT NULL,
	created_at    {{instant}} NOT NULL{{endkey}},
	UNIQUE (realm_id, enterprise_id, name),
	{{ref "enterprise_id" "enterprises"}}
) {{strict}};

-- Groupings stand beside the tree: chain, building, floor, park, platform,
-- street, trade. Their name and place among themselves are dated.
CREATE TABLE groupings (
	{{key}},
	realm_id   {{id}} NOT NULL REFERENCES realms (id),
	kind       text NOT NULL,
	name       text NOT NULL CHECK (name <> ''),
	name_key   {{name}} NOT NULL,
	parent_id  {{id}},
	org_id     {{id}},
	version    {{int}} NOT NULL,
	created_at {{instant}} NOT NULL{{endkey}},
	{{ref "parent_id" "groupings"}}
) {{strict}};

CREATE INDEX groupings_by_kind ON groupings (realm_id, kind, name_key);

CREATE TABLE grouping_facts (
	{{key}},
	realm_id      {{id}} NOT NULL,
	grouping_id   {{id}} NOT NULL,
	name          text NOT NULL,
	parent_id     {{id}},
	valid_from    {{date}} NOT NULL,
	valid_to      {{date}} NOT NULL,
	recorded_at   {{instant}} NOT NULL,
	superseded_at {{instant}}{{endkey}},
	CHECK (valid_from < valid_to),
	{{ref "grouping_id" "groupings"}}
) {{strict}};

CREATE INDEX grouping_facts_by_grouping ON grouping_facts (realm_id, grouping_id);

CREATE TABLE grouping_members (
	{{key}},
	realm_id      {{id}} NOT NULL,
	grouping_id   {{id}} NOT NULL,
	enterprise_id {{id}} NOT NULL,
	role          text NOT NULL,
	valid_from    {{date}} NOT NULL,
	valid_to      {{date}} NOT NULL,
	recorded_at   {{instant}} NOT NULL,
	superseded_at {{instant}},
	batch_id      {{id}}{{endkey}},
	CHECK (valid_from < valid_to),
	{{ref "grouping_id" "groupings"}},
	{{ref "enterprise_id" "enterprises"}}
) {{strict}};

CREATE INDEX grouping_members_by_grouping ON grouping_members (realm_id, grouping_id);
CREATE INDEX grouping_members_by_enterprise ON grouping_members (realm_id, enterprise_id);

-- Instructors and liaisons with their enterprises: dated appointments.
CREATE TABLE appointments (
	{{key}},
	realm_id      {{id}} NOT NULL,
	kind          text NOT NULL,
	person_id     {{id}} NOT NULL,
	enterprise_id {{id}} NOT NULL,
	purpose       text NOT NULL,
	valid_from    {{date}} NOT NULL,
	valid_to      {{date}} NOT NULL,
	recorded_at   {{instant}} NOT NULL,
	superseded_at {{instant}},
	end_reason    text NOT NULL{{endkey}},
	CHECK (valid_from < valid_to),
	{{ref "enterprise_id" "enterprises"}}
) {{strict}};

CREATE INDEX appointments_by_enterprise ON appointments (realm_id, enterprise_id);
CREATE INDEX appointments_by_person ON appointments (realm_id, person_id);

CREATE TABLE visits (
	{{key}},
	realm_id       {{id}} NOT NULL,
	appointment_id {{id}} NOT NULL,
	enterprise_id  {{id}} NOT NULL,
	visited_on     {{date}} NOT NULL,
	met            text NOT NULL,
	need           text NOT NULL,
	next_step      text NOT NULL,
	recorded_at    {{instant}} NOT NULL,
	recorded_by    {{id}}{{endkey}},
	{{ref "appointment_id" "appointments"}}
) {{strict}};

CREATE INDEX visits_by_enterprise ON visits (realm_id, enterprise_id, visited_on);

-- Trade union or youth league through which the work is done (R-106).
CREATE TABLE mass_bodies (
	{{key}},
	realm_id      {{id}} NOT NULL,
	enterprise_id {{id}} NOT NULL,
	kind          text NOT NULL,
	valid_from    {{date}} NOT NULL,
	valid_to      {{date}} NOT NULL,
	recorded_at   {{instant}} NOT NULL,
	superseded_at {{instant}}{{endkey}},
	CHECK (valid_from < valid_to),
	{{ref "enterprise_id" "enterprises"}}
) {{strict}};

CREATE INDEX mass_bodies_by_enterprise ON mass_bodies (realm_id, enterprise_id);

-- When and by whom an enterprise that is not covered is to be covered, and
-- what stands in the way.
CREATE TABLE coverage_plans (
	{{key}},
	realm_id      {{id}} NOT NULL,
	enterprise_id {{id}} NOT NULL,
	planned_on    {{date}},
	owner_org_id  {{id}},
	obstacle      text NOT NULL,
	note          text NOT NULL,
	valid_from    {{date}} NOT NULL,
	valid_to      {{date}} NOT NULL,
	recorded_at   {{instant}} NOT NULL,
	superseded_at {{instant}}{{endkey}},
	CHECK (valid_from < valid_to),
	{{ref "enterprise_id" "enterprises"}}
) {{strict}};

CREATE INDEX coverage_plans_by_enterprise ON coverage_plans (realm_id, enterprise_id);

{{search "enterprise_search"}};
