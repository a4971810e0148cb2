-- Erasing and exporting a guest (E9, A4): their bookings at all hosts. A rebuild makes the same index with its tables.
SET ROLE daybook_app;

CREATE INDEX bookings_of_invitee ON read_models.bookings (invitee_subject, start_time, id);

RESET ROLE;
