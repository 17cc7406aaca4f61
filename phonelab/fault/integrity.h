#ifndef PHONELAB_FAULT_INTEGRITY_H
#define PHONELAB_FAULT_INTEGRITY_H

#include <stdbool.h>

/* Does the manifest of a bank of flash say complete, and is every image as its checksum says? */
bool fault_bank_intact(const char *bank);

/* Does a trust list or a signed file verify with the key of that certificate (PEM or DER)? */
bool fault_signature_right(const char *path, const char *certificate);

#endif
