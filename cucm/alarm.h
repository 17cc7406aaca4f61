#ifndef CUCM_ALARM_H
#define CUCM_ALARM_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The alarms about devices that a call manager writes into its application log, and the reason codes in them:
 *   %UC_CALLMANAGER-3-EndPointUnregistered: %[DeviceName=SEP..][IPAddress=..][Reason=13]..: text
 * The codes of EndPointUnregistered are those of CISCO-CCM-MIB's CcmDevUnregCauseCode, the codes of
 * EndPointTransientConnection (a device that tried to register and did not) those of CcmDevRegFailCauseCode. EndPointRegistered
 * has no reason.
 */
enum alarm_kind {
	ALARM_REGISTERED,
	ALARM_UNREGISTERED,
	ALARM_TRANSIENT,
};
#define ALARM_KINDS 3

struct alarm_reason {
	unsigned code;
	const char *name; /* of the MIB: "keepAliveTimeout" */
	unsigned severity;
	const char *meaning; /* a clause for people */
};

/* "EndPointUnregistered". */
const char *alarm_name(enum alarm_kind kind);

/* A reason by its code or by its name; NULL if that alarm has no such reason. */
const struct alarm_reason *alarm_reason(enum alarm_kind kind, unsigned code);
const struct alarm_reason *alarm_reason_named(enum alarm_kind kind, const char *name);

/* The reasons of an alarm, in the order of their codes; *count of them. */
const struct alarm_reason *alarm_reasons(enum alarm_kind kind, size_t *count);

/* An alarm as it stands in a log. */
struct alarm {
	enum alarm_kind kind;
	unsigned severity, code;
	char device[24], address[16];	   /* "" if the alarm has none */
	const struct alarm_reason *reason; /* NULL: the alarm has none, or one that is in no table */
	const char *begin;		   /* the "%" of the alarm in the line */
};

/* Read the alarm in a line, wherever it begins. False if there is none of these. */
bool alarm_read(const char *line, struct alarm *alarm);

#endif
