#ifndef PHONELAB_FAULT_INTEGRITY_H
#define PHONELAB_FAULT_INTEGRITY_H

#include <stdbool.h>

/* Is a bank of flash intact: its manifest states "complete", and every image has the checksum of the manifest? */
bool fault_bank_intact(const char *bank);

/* Does the signature of a trust list or a signed file verify with the key of the certificate (PEM or DER)? */
bool fault_signature_right(const char *path, const char *certificate);

#endif
