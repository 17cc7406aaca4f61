#ifndef PHONE_SIM_CORE_SECURE_CONFIG_H
#define PHONE_SIM_CORE_SECURE_CONFIG_H

#include "phone-sim/core/phone.h"
#include "wire/phonexml.h"

/* What step 7 does for security after SEP<MAC>.cnf.xml has come: a session with CAPF, then the file again; and for a short
 * file the encrypted one, SEP<MAC>.cnf.xml.enc.sgn. */

/* Of the last SEP<MAC>.cnf.xml that was read, short or whole. */
struct secure_config {
	enum phonexml_capf_mode capf_mode;
	struct phonexml_capf capf[PHONEXML_MEMBERS_MAX];
	unsigned capfs;
	char hash[64];	/* certHash */
	bool whole;	/* fullConfig */
	bool encrypted; /* encrConfig */
	bool secure;	/* the phone signs on by TLS */
	bool opening;	/* the file that is read was encrypted: another encrypted one does not follow */
	bool enrolled;	/* a session with CAPF has ended since state CONFIG was entered */
};

/* State CONFIG entered: nothing is known yet. */
void secure_config_enter(struct phone *phone);

/* A file was decoded. True: the phone goes on by itself (CAPF, or the encrypted file) or the step has failed, and config is not to be
 * used. */
bool secure_config_read(struct phone *phone, const struct phonexml_config *config);

/* State READY entered: a phone that is not secure enrols only after it has registered. */
void secure_config_ready(struct phone *phone);

#endif
