-- Payments of a member that came to nothing lately are found however many were made in all.
CREATE INDEX order_out_came_to_nothing ON order_out (account, ended_at) WHERE state IN ('released', 'expired');
