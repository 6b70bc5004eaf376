/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/wire.h"
#include "mugai/job.h"

/*
 * The border: Readings and Records on the wire
 *
 * mg_reading_get() is where a hostile worker's answer becomes trusted values: each count, enum, length and
 * character class is checked against limits; whatever does not fit fails the reader, and the mail is FAILED with
 * MG_FAILURE_REFUSED.
 */
void mg_reading_put(MgWriter *writer, const MgReading *reading);
/* Never NULL; worthless unless mg_reader_end() then holds. */
MgReading *mg_reading_get(MgReader *reader, const MgLimits *limits);

void mg_envelope_put(MgWriter *writer, const MgEnvelope *envelope);
MgEnvelope *mg_envelope_get(MgReader *reader);

void mg_scan_put(MgWriter *writer, const MgScan *scan);
void mg_scan_get(MgReader *reader, MgScan *scan);

void mg_limits_put(MgWriter *writer, const MgLimits *limits);
void mg_limits_get(MgReader *reader, MgLimits *limits);

/* Between trusted roles; strings are still checked for their classes. */
void mg_record_put(MgWriter *writer, const MgRecord *record);
MgRecord *mg_record_get(MgReader *reader);
