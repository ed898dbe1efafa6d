-- Migration 10: domains of other scripts are kept in one spelling, the one that DNS writes: xn--bcher-kva.example for
-- bücher.example. An address or reference whose new spelling is there already stays as it is.

UPDATE account SET email = address(email) WHERE email GLOB '*[^ -~]*';
UPDATE contact SET email = address(email) WHERE email GLOB '*[^ -~]*';
UPDATE ticket SET requester_email = address(requester_email) WHERE requester_email GLOB '*[^ -~]*';
UPDATE survey SET email = address(email) WHERE email GLOB '*[^ -~]*';
UPDATE ref SET hint_domain = ascii_domain(hint_domain) WHERE hint_domain GLOB '*[^ -~]*';
UPDATE OR IGNORE ref SET external_id = address(external_id)
WHERE external_id GLOB '*@*' AND external_id GLOB '*[^ -~]*' AND external_id NOT GLOB 'name:*';
