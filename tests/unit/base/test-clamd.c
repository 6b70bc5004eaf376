/* SPDX-License-Identifier: Apache-2.0 */
/* What answers of clamd mean, and how one is read that comes in pieces, late, too long or not at all. */
#include "base/clamd.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"

static void test_verdict(void) {
        static const struct {
                const char *answer;
                MgScanVerdict verdict;
                MgScanFault fault;
                const char *said;
        } rows[] = {
                {"fd[10]: OK", MG_SCAN_CLEAN, MG_SCAN_FAULT_NONE, ""},
                {"fd[7]: Eicar-Signature FOUND", MG_SCAN_INFECTED, MG_SCAN_FAULT_NONE, "Eicar-Signature"},
                {"fd[7]: Two words FOUND FOUND", MG_SCAN_INFECTED, MG_SCAN_FAULT_NONE, "Two words FOUND"},
                {"fd[7]: \x1b[2J\xe2\x80\xaey\xff FOUND", MG_SCAN_INFECTED, MG_SCAN_FAULT_NONE, "[2Jy\xef\xbf\xbd"},
                {"fd[10]: Heuristics.Limits.Exceeded.MaxFileSize FOUND", MG_SCAN_UNSCANNED, MG_SCAN_FAULT_TOO_LARGE,
                 "Heuristics.Limits.Exceeded.MaxFileSize"},
                {"fd[10]: Can't allocate memory ERROR", MG_SCAN_UNSCANNED, MG_SCAN_FAULT_REFUSED,
                 "Can't allocate memory"},
                {"No file descriptor received. ERROR", MG_SCAN_UNSCANNED, MG_SCAN_FAULT_REFUSED,
                 "No file descriptor received."},
                {"COMMAND READ TIMED OUT", MG_SCAN_UNSCANNED, MG_SCAN_FAULT_BROKEN, ""},
                {"UNKNOWN COMMAND", MG_SCAN_UNSCANNED, MG_SCAN_FAULT_BROKEN, ""},
                /* What clamd never says of a descriptor finds nothing and clears nothing. */
                {"", MG_SCAN_UNSCANNED, MG_SCAN_FAULT_BROKEN, ""},
                {"OK", MG_SCAN_UNSCANNED, MG_SCAN_FAULT_BROKEN, ""},
                {"fd[10]: ", MG_SCAN_UNSCANNED, MG_SCAN_FAULT_BROKEN, ""},
                {"fd[10]: OK ", MG_SCAN_UNSCANNED, MG_SCAN_FAULT_BROKEN, ""},
                {"fd[10]: ok", MG_SCAN_UNSCANNED, MG_SCAN_FAULT_BROKEN, ""},
                {"fd[]: OK", MG_SCAN_UNSCANNED, MG_SCAN_FAULT_BROKEN, ""},
                {"fd[1", MG_SCAN_UNSCANNED, MG_SCAN_FAULT_BROKEN, ""},
                {"fd[x]: OK", MG_SCAN_UNSCANNED, MG_SCAN_FAULT_BROKEN, ""},
                {"stream: OK", MG_SCAN_UNSCANNED, MG_SCAN_FAULT_BROKEN, ""},
                {"Eicar-Signature FOUND", MG_SCAN_UNSCANNED, MG_SCAN_FAULT_BROKEN, ""},
                {"1: fd[10]: OK", MG_SCAN_UNSCANNED, MG_SCAN_FAULT_BROKEN, ""},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                const MgScan scan = mg_clamd_verdict(rows[i].answer);

                g_test_message("%s", rows[i].answer);
                g_assert_cmpint(scan.verdict, ==, rows[i].verdict);
                g_assert_cmpint(scan.fault, ==, rows[i].fault);
                g_assert_cmpstr(scan.said, ==, rows[i].said);
        }
}

/* A name longer than is kept is cut between characters. */
static void test_long_name(void) {
        g_autoptr(GString) answer = g_string_new("fd[1]: a");
        MgScan scan;

        for (guint i = 0; i < 200; i++)
                g_string_append(answer, "あ");
        g_string_append(answer, " FOUND");
        scan = mg_clamd_verdict(answer->str);
        g_assert_cmpint(scan.verdict, ==, MG_SCAN_INFECTED);
        g_assert_cmpuint(strlen(scan.said), ==, 199);
        g_assert_true(mg_text_is(scan.said, strlen(scan.said), MG_CLASS_LINE));
}

static void test_text(void) {
        static const struct {
                MgScan scan;
                const char *text;
        } rows[] = {
                {{MG_SCAN_NONE, MG_SCAN_FAULT_NONE, ""}, "none"},
                {{MG_SCAN_CLEAN, MG_SCAN_FAULT_NONE, ""}, "clean"},
                {{MG_SCAN_INFECTED, MG_SCAN_FAULT_NONE, "X"}, "infected: X"},
                {{MG_SCAN_UNSCANNED, MG_SCAN_FAULT_SILENT, ""}, "unscanned (silent)"},
                {{MG_SCAN_UNSCANNED, MG_SCAN_FAULT_TOO_LARGE, "Y"}, "unscanned (too-large): Y"},
        };

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *text = mg_scan_text(&rows[i].scan);

                g_assert_cmpstr(text, ==, rows[i].text);
                g_assert_cmpint(mg_scan_is_worry(&rows[i].scan), ==, i >= 2);
        }
}

/* The answer to what was written into the other end, which is then closed unless open. */
static char *answer_to(const char *octets, gsize n, gboolean open, MgScanFault *fault) {
        int pair[2];
        char *answer;

        g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), ==, 0);
        g_assert_cmpint(write(pair[1], octets, n), ==, (gssize)n);
        if (!open)
                mg_fd_close(&pair[1]);
        answer = mg_clamd_answer(pair[0], open ? 0 : 60000, fault);
        mg_fd_close(&pair[0]);
        mg_fd_close(&pair[1]);
        return answer;
}

static void test_answer(void) {
        char much[2 * MG_CLAMD_ANSWER];
        const struct {
                const char *octets;
                gsize n;
                gboolean open;
                const char *answer;
                MgScanFault fault;
        } rows[] = {
                {"PONG", 5, TRUE, "PONG", MG_SCAN_FAULT_NONE},
                {"PONG\0left over", 15, TRUE, "PONG", MG_SCAN_FAULT_NONE},
                {"PONG", 4, TRUE, NULL, MG_SCAN_FAULT_SILENT},
                {"", 0, TRUE, NULL, MG_SCAN_FAULT_SILENT},
                {"PONG", 4, FALSE, NULL, MG_SCAN_FAULT_BROKEN},
                {"", 0, FALSE, NULL, MG_SCAN_FAULT_BROKEN},
                {"PO\nNG", 6, TRUE, NULL, MG_SCAN_FAULT_BROKEN},
                {much, sizeof much, TRUE, NULL, MG_SCAN_FAULT_BROKEN},
        };

        memset(much, 'x', sizeof much);
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
                MgScanFault fault = _MG_SCAN_FAULT_N;
                g_autofree char *answer = answer_to(rows[i].octets, rows[i].n, rows[i].open, &fault);

                g_test_message("row %u", i);
                g_assert_cmpstr(answer, ==, rows[i].answer);
                g_assert_cmpint(fault, ==, rows[i].fault);
        }
}

static gpointer write_slowly(gpointer data) {
        static const char octets[] = "fd[10]: OK";
        int sock = GPOINTER_TO_INT(data);

        for (gsize i = 0; i < sizeof octets; i++) {
                g_assert_cmpint(write(sock, octets + i, 1), ==, 1);
                g_usleep(1000);
        }
        return NULL;
}

static void test_pieces(void) {
        g_autofree char *answer = NULL;
        MgScanFault fault;
        GThread *writer;
        int pair[2];

        g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), ==, 0);
        writer = g_thread_new("writer", write_slowly, GINT_TO_POINTER(pair[1]));
        answer = mg_clamd_answer(pair[0], 60000, &fault);
        g_thread_join(writer);
        g_assert_cmpstr(answer, ==, "fd[10]: OK");
        mg_fd_close(&pair[0]);
        mg_fd_close(&pair[1]);
}

static void test_unreachable(void) {
        g_autofree char *folder = g_dir_make_tmp("mugai-clamd-XXXXXX", NULL);
        g_autofree char *none = g_build_filename(folder, "none", NULL), *far = g_strnfill(200, '/');
        MgScanFault fault = MG_SCAN_FAULT_NONE;

        g_assert_cmpint(mg_clamd_ask(none, "PING", -1, &fault), ==, -1);
        g_assert_cmpint(fault, ==, MG_SCAN_FAULT_BROKEN);
        fault = MG_SCAN_FAULT_NONE;
        g_assert_cmpint(mg_clamd_ask(far, "PING", -1, &fault), ==, -1);
        g_assert_cmpint(fault, ==, MG_SCAN_FAULT_BROKEN);
        g_assert_cmpint(rmdir(folder), ==, 0);
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/clamd/verdict", test_verdict);
        g_test_add_func("/clamd/long-name", test_long_name);
        g_test_add_func("/clamd/text", test_text);
        g_test_add_func("/clamd/answer", test_answer);
        g_test_add_func("/clamd/pieces", test_pieces);
        g_test_add_func("/clamd/unreachable", test_unreachable);
        return g_test_run();
}
