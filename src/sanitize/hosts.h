/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mugai/policy.h"

/*
 * hosts: which hosts the links of a body lead to, so that they can be searched for
 */

/*
 * Fills link_hosts of the reading from its body: what stands between "://", or a user name and "@", and the next character that no
 * host has, and words that begin with "www."; in lower case, in A-labels, each once, at most limits.link_hosts; the rest is
 * counted as reached. Where Japanese follows a host without a blank both readings count. Linear in the body.
 */
void mg_hosts_find(const MgLimits *limits, MgReading *reading);
