/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a part is, for the reasons that readers are told and for rules. Decides nothing.
 */
#include "rules/nature.h"

#include "base/extension.h"

MgTypeClass mg_nature_class(const MgFacts *facts) {
        return mg_type_name(facts->found)->class;
}

gboolean mg_nature_is_program(const MgFacts *facts) {
        gboolean runs = mg_nature_class(facts) == MG_TYPE_PROGRAM || mg_extension_runs(facts->name);

        for (guint i = 0; i < facts->names->len && !runs; i++)
                runs = mg_extension_runs(g_ptr_array_index(facts->names, i));
        return runs;
}

gboolean mg_nature_is_encrypted(const MgFacts *facts) {
        return (facts->flags & MG_PART_ENCRYPTED) || mg_nature_class(facts) == MG_TYPE_ENCRYPTED;
}

gboolean mg_nature_is_signature(const MgFacts *facts) {
        return mg_nature_class(facts) == MG_TYPE_SIGNATURE;
}
