#ifndef PHONELAB_WHY_ALARM_OF_H
#define PHONELAB_WHY_ALARM_OF_H

#include <jansson.h>

/* The alarm that a call manager logs because of a cause (the id of a candidate): {name, reason, reason_name, severity, logged}.
 * logged: the facts hold this alarm of the phone ("log.alarm"). A new object; NULL if the cause leads to no alarm. */
json_t *why_alarm_of(const char *id, const json_t *facts);

#endif
