// The images of a workload, out of any JSON library's document, as policy/workload.h's table says. Throws
// base::ParseError for a field of a wrong type and for a duplicate key.
#pragma once

#include <algorithm>
#include <array>
#include <iterator>
#include <span>

#include "policy/json_view.h"
#include "policy/workload.h"

namespace policy {

// One item of a list that kImageFields names. A volume that is no image volume adds nothing.
template <JsonView View>
void read_image(const ImageField& field, const View& item, std::vector<ContainerImage>& images) {
  Field<View> name;
  Field<View> image;
  take_fields<View>(item, field.list_name, {{"name", name}, {field.field, image}});
  if (!field.nested_field.empty()) {
    if (!image) return;
    Field<View> reference;
    take_fields<View>(*image, field.list_name, {{field.nested_field, reference}});
    image = reference;
  }
  images.push_back({field.list, text_of(name, field.list_name), text_of(image, field.list_name)});
}

template <JsonView View>
void read_pod_spec(const View& spec, PodTemplate& pod) {
  std::array<Field<View>, std::size(kImageFields)> lists;
  Field<View> account;
  Field<View> pull_secrets;
  Field<View> node_selector;
  take_fields<View>(spec, "spec",
                    {{kImageFields[0].list_name, lists[0]},
                     {kImageFields[1].list_name, lists[1]},
                     {kImageFields[2].list_name, lists[2]},
                     {kImageFields[3].list_name, lists[3]},
                     {"serviceAccountName", account},
                     {"imagePullSecrets", pull_secrets},
                     {"nodeSelector", node_selector}});
  for (std::size_t i = 0; i < lists.size(); ++i) {
    for_each_item(lists[i], kImageFields[i].list_name,
                  [&](const View& item) { read_image(kImageFields[i], item, pod.images); });
  }
  for_each_item(pull_secrets, "imagePullSecrets", [&](const View& item) {
    Field<View> name;
    take_fields<View>(item, "imagePullSecrets", {{"name", name}});
    pod.pull_secrets.push_back(text_of(name, "imagePullSecrets"));
  });
  pod.service_account = text_of(account, "serviceAccountName");
  pod.node_selector = labels_of(node_selector, "nodeSelector");
}

// Who of several owners keeps the pod is not asked: they count as none.
template <JsonView View>
void read_owner(const Field<View>& owners, PodTemplate& pod) {
  std::size_t count = 0;
  for_each_item(owners, "metadata.ownerReferences", [&](const View& owner) {
    Field<View> kind;
    Field<View> name;
    take_fields<View>(owner, "metadata.ownerReferences", {{"kind", kind}, {"name", name}});
    const bool is_only = ++count == 1;
    pod.owner_kind = is_only ? text_of(kind, "metadata.ownerReferences.kind") : std::string();
    pod.owner_name = is_only ? text_of(name, "metadata.ownerReferences.name") : std::string();
  });
}

template <JsonView View>
PodTemplate read_pod(const View& from) {
  Field<View> metadata;
  Field<View> spec;
  take_fields<View>(from, "the object", {{"metadata", metadata}, {"spec", spec}});
  PodTemplate pod;
  if (metadata) {
    Field<View> labels;
    Field<View> annotations;
    Field<View> owners;
    Field<View> name;
    Field<View> uid;
    take_fields<View>(
        *metadata, "metadata",
        {{"labels", labels}, {"annotations", annotations}, {"ownerReferences", owners}, {"name", name}, {"uid", uid}});
    pod.name = text_of(name, "metadata.name");
    pod.uid = text_of(uid, "metadata.uid");
    pod.labels = labels_of(labels, "metadata.labels");
    pod.annotations = labels_of(annotations, "metadata.annotations");
    read_owner(owners, pod);
  }
  if (spec) read_pod_spec(*spec, pod);
  return pod;
}

// Calls `use` for everything that the path leads to; what is absent on the way leads to nothing.
template <JsonView View, typename Use>
void for_each_at(const View& from, std::span<const std::string> path, const Use& use) {
  if (path.empty()) return use(from);
  const std::span<const std::string> rest = path.subspan(1);
  if (path.front() == "[]") {
    return for_each_item(Field<View>(from), "a list of the configured path",
                         [&](const View& item) { for_each_at(item, rest, use); });
  }
  Field<View> next;
  take_fields<View>(from, "the object", {{path.front(), next}});
  if (next) for_each_at(*next, rest, use);
}

inline void keep_shared(crds::Labels& labels, const crds::Labels& others) {
  std::erase_if(labels, [&](const auto& label) {
    const auto found = others.find(label.first);
    return found == others.end() || found->second != label.second;
  });
}

// Another template of the same object.
inline void add_template(PodTemplate& all, PodTemplate&& one) {
  all.images.insert(all.images.end(), std::make_move_iterator(one.images.begin()),
                    std::make_move_iterator(one.images.end()));
  for (std::string& secret : one.pull_secrets) {
    if (std::ranges::find(all.pull_secrets, secret) == all.pull_secrets.end()) {
      all.pull_secrets.push_back(std::move(secret));
    }
  }
  if (all.service_account != one.service_account) all.service_account.clear();
  keep_shared(all.labels, one.labels);
  keep_shared(all.annotations, one.annotations);
  keep_shared(all.node_selector, one.node_selector);
}

template <JsonView View>
PodTemplate read_workload_view(const WorkloadKind& kind, const View& object) {
  PodTemplate all;
  bool is_first = true;
  for (const FieldPath& path : kind.pod_templates) {
    for_each_at(object, std::span(path), [&](const View& pod) {
      if (std::exchange(is_first, false)) {
        all = read_pod(pod);
      } else {
        add_template(all, read_pod(pod));
      }
    });
  }
  for (const FieldPath& path : kind.images) {
    const std::string place = field_path_text(path);
    for_each_at(object, std::span(path), [&](const View& image) {
      if (!image.is_null()) all.images.push_back({ImageList::kOther, place, text_of<View>(image, place)});
    });
  }
  return all;
}

}  // namespace policy
