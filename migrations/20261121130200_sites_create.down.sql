-- Takes back sites, with everything that was said of them.
DROP TABLE site_pins;
DROP TABLE site_policies;
DROP TABLE site_members;
DROP TABLE sites;
