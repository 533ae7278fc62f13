-- What somebody can learn: a name and the words of its levels, one a line, the
-- first is level 1. Without an enterprise it holds for the whole realm.
CREATE TABLE skills (
	{{key}},
	realm_id      {{id}} NOT NULL,
	enterprise_id {{id}},
	name          text NOT NULL CHECK (name <> ''),
	levels        text NOT NULL,
	retired_on    {{date}}{{endkey}},
	{{ref "enterprise_id" "enterprises"}}
) {{strict}};

CREATE INDEX skills_by_enterprise ON skills (realm_id, enterprise_id);

-- Who is ready to take an apprentice, in which skill and in which shift.
CREATE TABLE mentor_offers (
	{{key}},
	realm_id   {{id}} NOT NULL,
	person_id  {{id}} NOT NULL,
	skill_id   {{id}} NOT NULL,
	org_id     {{id}} NOT NULL,
	level      {{int}} NOT NULL,
	shift      text NOT NULL,
	offered_on {{date}} NOT NULL,
	ended_on   {{date}}{{endkey}},
	{{ref "person_id" "persons"}},
	{{ref "skill_id" "skills"}},
	{{ref "org_id" "orgs"}}
) {{strict}};

CREATE UNIQUE INDEX mentor_offers_now ON mentor_offers (realm_id, person_id, skill_id) WHERE ended_on IS NULL;
CREATE INDEX mentor_offers_by_org ON mentor_offers (realm_id, org_id);

-- A mentor's agreement with an apprentice. root_id is the first of a chain of
-- agreements that continue one another; what was shown counts for the chain.
-- Money is in fen a month. There is no column for the reason of an objection or
-- of a change of mentor, and none for who objected.
CREATE TABLE mentorings (
	{{key}},
	realm_id          {{id}} NOT NULL,
	number            text NOT NULL,
	title             text NOT NULL CHECK (title <> ''),
	root_id           {{id}} NOT NULL,
	mentor_id         {{id}} NOT NULL,
	apprentice_id     {{id}} NOT NULL,
	checker_id        {{id}},
	enterprise_id     {{id}},
	org_id            {{id}} NOT NULL,
	starts_on         {{date}} NOT NULL,
	ends_on           {{date}} NOT NULL,
	earliest_on       {{date}} NOT NULL,
	latest_on         {{date}} NOT NULL,
	objection_ends_on {{date}},
	review_on         {{date}},
	goals             text NOT NULL,
	plan              text NOT NULL,
	rhythm            text NOT NULL,
	allowance         text NOT NULL,
	allowance_fen     {{int}},
	mentor_signed     {{date}},
	apprentice_signed {{date}},
	paper             text NOT NULL,
	state             text NOT NULL,
	extended_on       {{date}},
	extension         text NOT NULL,
	mentor_ends       {{date}},
	apprentice_ends   {{date}},
	ended_on          {{date}},
	ending            text NOT NULL,
	outcome           text NOT NULL,
	answered          {{bool}} NOT NULL,
	created_by        {{id}},
	created_at        {{instant}} NOT NULL,
	version           {{int}} NOT NULL{{endkey}},
	CHECK (mentor_id <> apprentice_id),
	UNIQUE (realm_id, number),
	{{ref "mentor_id" "persons"}},
	{{ref "apprentice_id" "persons"}},
	{{ref "enterprise_id" "enterprises"}},
	{{ref "org_id" "orgs"}}
) {{strict}};

CREATE INDEX mentorings_by_org ON mentorings (realm_id, org_id, state);
CREATE INDEX mentorings_by_mentor ON mentorings (realm_id, mentor_id);
CREATE INDEX mentorings_by_apprentice ON mentorings (realm_id, apprentice_id);
CREATE INDEX mentorings_by_root ON mentorings (realm_id, root_id);

CREATE TABLE mentoring_skills (
	{{key}},
	realm_id     {{id}} NOT NULL,
	mentoring_id {{id}} NOT NULL,
	skill_id     {{id}} NOT NULL,
	target       {{int}} NOT NULL{{endkey}},
	UNIQUE (realm_id, mentoring_id, skill_id),
	{{ref "mentoring_id" "mentorings"}},
	{{ref "skill_id" "skills"}}
) {{strict}};

-- How a level was shown: by a fact (named, not copied) or in words. A third
-- person checks it; it counts from the day on which the apprentice confirms it.
CREATE TABLE mentoring_evidence (
	{{key}},
	realm_id     {{id}} NOT NULL,
	place_id     {{id}} NOT NULL,
	level        {{int}} NOT NULL,
	shown_on     {{date}} NOT NULL,
	how          text NOT NULL,
	fact         text NOT NULL,
	fact_id      {{id}},
	checked_by   {{id}},
	checked_on   {{date}},
	confirmed_on {{date}},
	recorded_by  {{id}}{{endkey}},
	{{ref "place_id" "mentoring_skills"}}
) {{strict}};

CREATE INDEX mentoring_evidence_by_place ON mentoring_evidence (realm_id, place_id);

-- The note of a month, written by one side; both confirm it. month is its first day.
CREATE TABLE mentoring_notes (
	{{key}},
	realm_id      {{id}} NOT NULL,
	mentoring_id  {{id}} NOT NULL,
	month         {{date}} NOT NULL,
	met_on        {{date}} NOT NULL,
	topic         text NOT NULL,
	next_step     text NOT NULL,
	mentor_on     {{date}},
	apprentice_on {{date}}{{endkey}},
	UNIQUE (realm_id, mentoring_id, month),
	{{ref "mentoring_id" "mentorings"}}
) {{strict}};

-- What apprentices say of mentors, as counts of an enterprise and a year. Who
-- answered, and about whom, is not kept.
CREATE TABLE mentor_answers (
	realm_id      {{id}} NOT NULL,
	enterprise_id {{id}} NOT NULL,
	year          {{int}} NOT NULL,
	question      text NOT NULL,
	answer        text NOT NULL,
	given         {{int}} NOT NULL,
	PRIMARY KEY (realm_id, enterprise_id, year, question, answer),
	{{ref "enterprise_id" "enterprises"}}
) {{strict}};

-- Whom a person lets see the own page of growth, until taken back.
CREATE TABLE growth_admissions (
	realm_id    {{id}} NOT NULL,
	person_id   {{id}} NOT NULL,
	admitted_id {{id}} NOT NULL,
	since       {{date}} NOT NULL,
	PRIMARY KEY (realm_id, person_id, admitted_id),
	{{ref "person_id" "persons"}},
	{{ref "admitted_id" "persons"}}
) {{strict}};
