#ifndef PHONELAB_LAB_NIC_H
#define PHONELAB_LAB_NIC_H

#include "base/fail.h"
#include "cable/nic.h"
#include "phonelab/lab/complain.h"

/* Interfaces of the machine at ports of a switch: what commands and the start of a lab have in common. */

/* nic_open, the remedy added to the reason. again: the arguments of phonelab with which root can do it. consent: how
 * the user agrees that an interface is used although the machine uses it. EXIT_AS_ASKED, EXIT_UNFIT (this user may not),
 * or EXIT_USAGE. */
enum exit_status lab_nic_open(int descriptor[NIC_DESCRIPTORS], const char *name, bool agreed,
			      const char *consent, const char *again, struct fail *fail);

/* Pass an open interface to the switch that listens at the control socket. 0 or a negative errno with the reason. */
int lab_nic_attach(const char *socket, const char *port, const char *name,
		   const int descriptor[NIC_DESCRIPTORS], struct fail *fail);

#endif
