-- Administrators are parted in three. Whoever managed accounts before goes on
-- managing accounts, and that alone.
UPDATE grants SET role = 'security' WHERE role = 'admin';
