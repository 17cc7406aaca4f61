#ifndef PHONE_SIM_CORE_SNTP_CLIENT_H
#define PHONE_SIM_CORE_SNTP_CLIENT_H

#include "phone-sim/core/phone.h"
#include "wire/phonexml.h"

/*
 * The clock of the phone by the NTP servers of its configuration (dateTimeSetting/ntps), in their order: two requests of 2 s to each. No
 * step waits for it. The clock is asked for again every 1024 s. As long as a server answers, the Date of a call manager does not set
 * the clock.
 */
struct sntp_client {
	struct {
		char name[128];
		uint32_t address; /* 0: not resolved yet */
		bool denied;	  /* it has asked not to be asked any more (kiss of death) */
	} server[PHONEXML_NTPS_MAX];
	unsigned servers;
	unsigned at, tries; /* server asked now, requests to it */
	bool asking;
	uint32_t resolve_id, connection;
	uint64_t sent, sent_us; /* transmit timestamp of the request, and when it was sent */
	char error[128];	/* of the last server */
};

/* The servers of the configuration that the phone has just accepted are asked. */
void sntp_use_configuration(struct phone *phone);

/* Ask nobody any more: the phone loses its connections. */
void sntp_stop(struct phone *phone);

/* Events and the timer of the client's socket: false if the id is not the client's. */
bool sntp_event(struct phone *phone, const struct phone_event *event);
void sntp_timer(struct phone *phone);

#endif
