# Shares, ratios and trend over levels of satisfaction by package survey, from survey.json.
#
#   Rscript levels.R survey.json OUT.JSON
#
# Levels: s1 below 6, 6 and 7, 8 and above. Event: l1 of 8 or more.

library(survey)
library(jsonlite)

paths <- commandArgs(trailingOnly = TRUE)
D <- as.data.frame(fromJSON(paths[1])$data)
D$event <- as.numeric(D$l1 >= 8)
D$place <- findInterval(D$s1, c(6, 8)) + 1
for (j in 1:3) {
  D[[paste0("i", j)]] <- as.numeric(D$place == j)
  D[[paste0("e", j)]] <- D$event * (D$place == j)
}
centred <- function(x) x - weighted.mean(x, D$w)
D$z <- centred(D$place) * centred(D$event) / sum(D$w * centred(D$place)^2)

of_total <- function(design, expression) {
  total <- svytotal(~ e1 + e2 + e3 + i1 + i2 + i3, design)
  found <- svycontrast(total, expression)
  c(coef(found), SE(found))
}

designs <- list(
  weights = svydesign(ids = ~1, weights = ~w, data = D),
  clusters = svydesign(ids = ~town, weights = ~w, data = D),
  strata = svydesign(ids = ~town, strata = ~region, weights = ~w, data = D)
)
results <- lapply(designs, function(design) {
  level <- function(j) subset(design, place == j)
  list(
    df = degf(design),
    share = sapply(1:3, function(j) coef(svymean(~event, level(j)))),
    share_se = sapply(1:3, function(j) SE(svymean(~event, level(j)))),
    mean = sapply(1:3, function(j) coef(svymean(~l1, level(j)))),
    mean_se = sapply(1:3, function(j) SE(svymean(~l1, level(j)))),
    difference = rbind(of_total(design, quote(e3 / i3 - e2 / i2)),
                       of_total(design, quote(e2 / i2 - e1 / i1))),
    log_risk_ratio = rbind(
      of_total(design, quote(log((e3 / i3) / (e2 / i2)))),
      of_total(design, quote(log((e2 / i2) / (e1 / i1)))),
      of_total(design, quote(log((e3 / i3) / ((e1 + e2) / (i1 + i2))))),
      of_total(design, quote(log(((e2 + e3) / (i2 + i3)) / (e1 / i1))))
    ),
    log_odds_ratio = rbind(
      of_total(design, quote(log((e3 / (i3 - e3)) / (e2 / (i2 - e2))))),
      of_total(design, quote(log((e2 / (i2 - e2)) / (e1 / (i1 - e1))))),
      of_total(design, quote(log((e3 / (i3 - e3)) / ((e1 + e2) / (i1 + i2 - e1 - e2))))),
      of_total(design, quote(log(((e2 + e3) / (i2 + i3 - e2 - e3)) / (e1 / (i1 - e1)))))
    ),
    log_step = of_total(design, quote(log((e3 / i3) * (e1 / i1) / (e2 / i2)^2))),
    trend = { total <- svytotal(~z, design); c(coef(total), SE(total)) }
  )
})

out <- list(
  study = "the made-up sample of survey.json: 181 respondents in 18 towns of four regions; levels s1 below 6, 6-7, 8-10; event l1 of 8 or more",
  oracle = paste0("scripts/levels.R under ", R.version.string, " with survey ", packageVersion("survey"),
                  "; delta method over totals, Taylor linearisation; printed with 15 digits"),
  licence = "figures only: numbers that a GPL-licensed package computed, none of its code; the data are ours",
  settings = "rows of ratios: top against middle, middle against bottom, top against the rest, top two against the rest; columns estimate, standard error",
  designs = results
)
write(toJSON(out, digits = 15, auto_unbox = TRUE, pretty = TRUE), paths[2])
