/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "console/visit.h"

/* What the routes do; the table is in route.c. Each writes a whole reply. */

/* sign.c */
void mg_handle_sign_in_page(MgVisit *visit);
void mg_handle_sign_in(MgVisit *visit);
void mg_handle_sign_out(MgVisit *visit);
void mg_handle_language(MgVisit *visit);
/* The form, with status 401, where a page needs somebody; ended: there was a session. */
void mg_sign_in_form(MgVisit *visit, gboolean ended);

/* home.c */
void mg_handle_home(MgVisit *visit);

/* find.c */
void mg_handle_find(MgVisit *visit);
void mg_handle_receipt(MgVisit *visit);

/* mail.c */
void mg_handle_mail(MgVisit *visit);

/* ask.c */
void mg_handle_ask(MgVisit *visit);

/* requests.c, decide.c */
void mg_handle_requests(MgVisit *visit);
void mg_handle_request(MgVisit *visit);
void mg_handle_decide(MgVisit *visit);
void mg_handle_settle(MgVisit *visit);

/* text.c: a POST, since the original is opened for it. */
void mg_handle_text(MgVisit *visit);

/* account.c */
void mg_handle_account(MgVisit *visit);
void mg_handle_account_end(MgVisit *visit);
void mg_handle_account_password(MgVisit *visit);
void mg_handle_account_totp(MgVisit *visit);

/* people.c, people_edit.c */
void mg_handle_people(MgVisit *visit);
void mg_handle_person(MgVisit *visit);
void mg_handle_person_add(MgVisit *visit);
void mg_handle_person_change(MgVisit *visit);
void mg_handle_person_password(MgVisit *visit);
void mg_handle_person_totp(MgVisit *visit);
void mg_handle_person_revoke(MgVisit *visit);

/* import.c */
void mg_handle_import_page(MgVisit *visit);
void mg_handle_import(MgVisit *visit);
void mg_handle_import_template(MgVisit *visit);

/* audit.c */
void mg_handle_audit(MgVisit *visit);
void mg_handle_audit_verify(MgVisit *visit);
void mg_handle_audit_export(MgVisit *visit);

/* state.c */
void mg_handle_state(MgVisit *visit);

/* figures.c */
void mg_handle_figures(MgVisit *visit);
void mg_handle_figures_csv(MgVisit *visit);
