/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "config/config.h"

/*
 * table: every key of mugai.conf, once
 *
 * A row says name, type, range, default and where the value goes. Reading, the comparison at a reload and the test
 * of the shipped file all walk this table.
 */
typedef enum MgKeyType {
        MG_KEY_PATH,      /* absolute; "" where min is 0 */
        MG_KEY_NAME,      /* of a user or group, or its number; "" where min is 0 */
        MG_KEY_ADDRESS,   /* unix:/path or inet:port@host */
        MG_KEY_COUNT,     /* a number without unit */
        MG_KEY_SIZE,      /* with B, KB, MB or GB; stored as octets */
        MG_KEY_DURATION,  /* with ms, s or min; stored as milliseconds */
        MG_KEY_DAYS,      /* with d; stored as days */
        MG_KEY_CHOICE,    /* one word of choices */
        MG_KEY_CHOICES,   /* one or more words of choices, their values or-ed */
        MG_KEY_TEXT,      /* one line; at most max characters */
        MG_KEY_HOP,       /* [host], host, or one of them with :port, as Postfix spells a next hop; or "" */
        MG_KEY_DOMAINS,   /* min to max names of domains, a blank between; stored in lower case */
        MG_KEY_ALL_BELOW, /* the same, and .name for all below it */
} MgKeyType;

/* What a key belongs to. */
typedef enum MgKeyHome {
        MG_HOME_CONFIG,
        MG_HOME_POLICY,
        MG_HOME_ORGANIZATION, /* "organization.": one that has a section; else the default one */
} MgKeyHome;

typedef struct MgChoice {
        const char *word; /* NULL ends the list */
        int value;
} MgChoice;

typedef struct MgKey {
        const char *name; /* "key" or "section.key" */
        MgKeyType type;
        gboolean restart; /* a change needs a restart of mugaid; all else is taken over at a reload */
        MgKeyHome home;
        gsize offset; /* in MgConfig, MgPolicy or MgOrganization */
        gsize width;  /* octets of the target */
        guint64 min;
        guint64 max;
        const char *
                preset; /* default as it would be written; NULL for limits, whose defaults are mg_limits_default, and for
                             * keys of a section with a title, whose defaults are the values of the default organization */
        const MgChoice *choices;
} MgKey;

/* All rows, ended by a row without name. Static. */
const MgKey *mg_keys(void);
/* NULL where there is none. */
const MgKey *mg_key_find(const char *name);
/* A sentence that says which key was probably meant. Caller frees. */
char *mg_key_suggest(const char *name);

/* The section of which there may be several, each with a title. */
#define MG_SECTION_ORGANIZATION "organization"
/* Whether the key stands in such a section. */
gboolean mg_key_titled(const MgKey *key);

/* Reads value into config (its policy, its default organization). NULL, or a sentence that says what would be right; the
 * caller frees it. */
char *mg_key_set(const MgKey *key, MgConfig *config, const char *value);
/* The same into what the key's offset counts in: of a key of a section with a title. */
char *mg_key_set_in(const MgKey *key, gpointer home, const char *value);
/* 26214400 -> "25 MB": as it would be written, exactly. Caller frees. */
char *mg_value_size(guint64 octets);
gboolean mg_key_equal(const MgKey *key, const MgConfig *a, const MgConfig *b);
