#ifndef PHONELAB_DOCUMENT_YAML_WRITE_H
#define PHONELAB_DOCUMENT_YAML_WRITE_H

#include "base/text.h"
#include "phonelab/document/yaml_tree.h"

/* Append a tree as a YAML file, without comments. yaml_tree_parse gives the same tree, except for places. */
void yaml_tree_write(const struct yaml_node *node, struct text *text);

#endif
