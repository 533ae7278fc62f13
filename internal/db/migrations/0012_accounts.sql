-- When somebody last signed in, so that an account that nobody ever used can be
-- told from one at rest. Sessions are gone when they end.
ALTER TABLE users ADD COLUMN signed_in_at {{instant}};

UPDATE users SET signed_in_at = (
	SELECT max(j.at) FROM journal j
	WHERE j.realm_id = users.realm_id AND j.subject = 'user' AND j.subject_id = users.id AND j.action = 'session.begin' AND j.outcome = 'done');

-- Why a role was given, in the words of whoever gave it.
ALTER TABLE grants ADD COLUMN reason text NOT NULL DEFAULT '';
