-- Migration 10: what rows call an account by, where that is a domain of another script, in the one spelling by which
-- domains are compared: xn--bcher-kva.example for bücher.example. One whose new spelling is there already stays.

UPDATE ref SET hint_domain = ascii_domain(hint_domain) WHERE hint_domain GLOB '*[^ -~]*';
UPDATE OR IGNORE ref SET external_id = address(external_id)
WHERE external_id GLOB '*@*' AND external_id GLOB '*[^ -~]*' AND external_id NOT GLOB 'name:*';
