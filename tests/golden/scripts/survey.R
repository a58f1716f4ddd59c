# Standard errors of a small clustered and stratified sample by package survey.
#
#   Rscript survey.R OUT.JSON
#
# The sample is made up here: 18 towns in four regions, 181 respondents, answers from 1 to 10.

library(survey)
library(jsonlite)
source("pls.R")

blocks_of <- list(Quality = paste0("q", 1:3), Satisfaction = paste0("s", 1:3),
                  Loyalty = paste0("l", 1:2))
routes <- rbind(c("Quality", "Satisfaction"), c("Quality", "Loyalty"), c("Satisfaction", "Loyalty"))
model <- masks(blocks_of, routes)
items <- rownames(model$blocks)

set.seed(2004)
towns <- data.frame(region = rep(1:4, 3:6), town = 1:18, pair = rep(1:9, each = 2),
                    size = sample(6:14, 18, replace = TRUE), mood = rnorm(18, sd = 0.8))
place <- towns[rep(1:18, towns$size), ]
n <- nrow(place)
quality <- place$mood + 0.3 * place$region + rnorm(n)
satisfaction <- 0.7 * quality + 0.5 * place$mood + rnorm(n, sd = 0.7)
loyalty <- 0.8 * satisfaction + rnorm(n, sd = 0.8)
answer <- function(x) pmin(pmax(round(6 + 1.3 * x + rnorm(n)), 1), 10)
D <- data.frame(region = place$region, town = place$town, pair = place$pair,
                w = round(0.4 + rgamma(n, 3, 3) * (1 + 0.2 * place$region), 2),
                sapply(1:3, function(i) answer(quality)),
                sapply(1:3, function(i) answer(satisfaction)),
                sapply(1:2, function(i) answer(loyalty)))
names(D)[5:12] <- items

estimate <- function(w, data) {
  moments <- cov.wt(as.matrix(data[, items]), w / sum(w))
  unlist(statistics(moments$center, moments$cov, model$blocks, model$design))
}

designs <- list(
  respondents = svydesign(ids = ~1, weights = ~w, data = D),
  clusters = svydesign(ids = ~town, weights = ~w, data = D),
  strata = svydesign(ids = ~1, strata = ~region, weights = ~w, data = D),
  "clusters in strata" = svydesign(ids = ~town, strata = ~region, weights = ~w, data = D),
  "clusters in pairs" = svydesign(ids = ~town, strata = ~pair, weights = ~w, data = D)
)
means <- as.formula(paste("~", paste(items, collapse = "+")))
linearised <- function(design) {
  found <- svymean(means, design, deff = TRUE)
  list(se = unname(SE(found)), deff = unname(deff(found)),
       deff_with_replacement = unname(deff(svymean(means, design, deff = "replace"))))
}

# One row per town and one column per replicate, before the weights of the respondents.
multipliers <- function(replicated) {
  all <- weights(replicated, type = "replication")
  all[match(1:18, D$town), , drop = FALSE]
}
errors <- function(design, type, ...) {
  set.seed(7)
  replicated <- as.svrepdesign(design, type = type, ...)
  centred_on_estimate <- as.svrepdesign(design, type = type, ..., mse = TRUE)
  if (type %in% c("subbootstrap", "bootstrap")) {
    centred_on_estimate <- replicated
    centred_on_estimate$mse <- TRUE
  }
  found <- withReplicates(replicated, estimate, return.replicates = TRUE)
  list(
    mean_se = unname(SE(svymean(means, replicated))), se = unname(SE(found)),
    se_about_estimate = unname(SE(withReplicates(centred_on_estimate, estimate))),
    scale = replicated$scale, rscales = replicated$rscales,
    replicated = replicated, values = found$replicates
  )
}
shown <- function(found, values = FALSE, weights = FALSE) {
  kept <- found[c("mean_se", "se", "se_about_estimate", "scale", "rscales")]
  if (weights) kept$multipliers <- multipliers(found$replicated)
  if (values) kept$values <- found$values
  kept
}
# The jackknife about the mean of each stratum; survey takes the mean of all replicates.
about_strata <- function(found, stratum) {
  moved <- apply(found$values, 2, function(value) value - ave(value, stratum))
  sqrt(colSums(moved^2 * found$rscales))
}
in_strata <- designs[["clusters in strata"]]
in_pairs <- designs[["clusters in pairs"]]
jkn <- errors(in_strata, "JKn")
jkn_alone <- errors(designs$strata, "JKn")
# survey orders the replicates by stratum, then by town.
left_out <- apply(multipliers(jkn$replicated) == 0, 2, which)
moments <- cov.wt(as.matrix(D[, items]), D$w / sum(D$w))
full <- statistics(moments$center, moments$cov, model$blocks, model$design)

out <- list(
  R = R.version.string, survey = as.character(packageVersion("survey")),
  data = as.list(D), items = items, means = unname(coef(svymean(means, in_strata))),
  orders = lapply(full, names), estimates = lapply(full, unname),
  kish_n = sum(D$w)^2 / sum(D$w^2),
  linearised = lapply(designs, linearised),
  replicates = list(
    "JK1, respondents" = shown(errors(designs$respondents, "JK1")),
    "JK1, clusters" = shown(errors(designs$clusters, "JK1")),
    "JKn, strata" = c(
      shown(jkn_alone), list(se_about_strata = unname(about_strata(jkn_alone, D$region)))
    ),
    "JKn, clusters in strata" = c(
      shown(jkn, TRUE),
      list(left_out = left_out, se_about_strata = unname(about_strata(jkn, towns$region[left_out])))
    ),
    "subbootstrap, clusters in strata" =
      shown(errors(in_strata, "subbootstrap", replicates = 60), TRUE, TRUE),
    "bootstrap, clusters in strata" =
      shown(errors(in_strata, "bootstrap", replicates = 60), FALSE, TRUE),
    "BRR, clusters in pairs" = shown(errors(in_pairs, "BRR"), FALSE, TRUE),
    "Fay 0.5, clusters in pairs" = shown(errors(in_pairs, "Fay", fay.rho = 0.5), FALSE, TRUE)
  )
)
write_json(out, commandArgs(trailingOnly = TRUE)[1], digits = I(15), auto_unbox = TRUE)
