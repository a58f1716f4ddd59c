# Several groups at once by lavaan: words of group.equal, modifiers by group, estimators.
# Rscript multigroup.R customers.csv pupils.csv holes.csv ordered.csv ten.csv ../multigroup.json
# customers.csv: rows("mobi") of tests/lavaan_studies.py with the column half of
# tests/test_multigroup.py; pupils, holes, ordered: rows("hs"), ("hs_miss"), ("hs_ord");
# ten.csv: ten_groups() of tests/test_multigroup.py

suppressMessages({
  library(lavaan)
  library(jsonlite)
})

files <- commandArgs(TRUE)
data <- setNames(lapply(files[1:5], read.csv), c("customers", "pupils", "holes", "ordered", "ten"))
phone <- "Quality =~ PERQ1 + PERQ2 + PERQ3
Satis =~ CUSA1 + CUSA2 + CUSA3
Loyal =~ CUSL1 + CUSL3
Satis ~ Quality
Loyal ~ Satis
PERQ1 ~~ PERQ3"
tests <- "visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9"
modified <- "Quality =~ PERQ1 + c(a, b)*PERQ2 + c(1.2, NA)*PERQ3
Satis =~ CUSA1 + c(u, u)*CUSA2 + CUSA3
Loyal =~ CUSL1 + CUSL3
Satis ~ c(p, q)*Quality
Loyal ~ c(r, s)*Satis
difference := p - q
a == 2*b
r == s"
two <- "one =~ y1 + y2 + y3
other =~ y4 + y5 + y6
other ~ one"
levels_of <- list(half = c("first", "second"), school = c("Pasteur", "Grant-White"), place = sprintf("place %d", 1:10))

run <- function(model, rows, group, ...) {
  for (tolerance in c(1e-12, 1e-11, 1e-10, 1e-9)) { # nlminb says no where it can fall no more
    fit <- suppressWarnings(sem(model, data = data[[rows]], group = group, group.label = levels_of[[group]],
      control = list(rel.tol = tolerance, iter.max = 5000, eval.max = 5000), ...))
    if (lavInspect(fit, "converged")) break
  }
  stopifnot(lavInspect(fit, "converged"))
  p <- parTable(fit)
  p <- p[p$op %in% c("=~", "~", "~~", "~1", "|", ":="), ]
  kept <- c("npar", "chisq", "df", "chisq.scaled", "df.scaled", "baseline.chisq", "cfi", "rmsea", "srmr", "bic", "cfi.robust", "rmsea.robust")
  measures <- fitMeasures(fit)
  list(fit = as.list(unclass(measures[intersect(kept, names(measures))])),
       contributions = fit@test[[1]]$stat.group,
       parameters = list(lhs = p$lhs, op = p$op, rhs = p$rhs, group = p$group, est = p$est, se = p$se))
}
means <- function(...) run(phone, "customers", "half", meanstructure = TRUE, ...)
fits <- list(
  loadings = run(phone, "customers", "half", group.equal = "loadings"),
  regressions = means(group.equal = c("loadings", "regressions")),
  residuals = means(group.equal = c("loadings", "intercepts", "residuals")),
  residual_covariances = means(group.equal = c("loadings", "residual.covariances")),
  variances = means(group.equal = c("loadings", "lv.variances", "lv.covariances")),
  everything = means(group.equal = c("loadings", "intercepts", "means", "regressions", "residuals", "residual.covariances", "lv.variances", "lv.covariances")),
  partial = means(group.equal = c("loadings", "intercepts"), group.partial = c("Satis=~CUSA2", "PERQ3~1")),
  variance_scaling = run(tests, "pupils", "school", std.lv = TRUE, group.equal = c("loadings", "intercepts")),
  variance_scaling_fixed = run(tests, "pupils", "school", std.lv = TRUE, group.equal = c("loadings", "lv.variances")),
  modified = run(modified, "customers", "half"),
  wishart = run(tests, "pupils", "school", likelihood = "wishart", group.equal = "loadings"),
  gls = run(tests, "pupils", "school", estimator = "GLS", meanstructure = TRUE, group.equal = c("loadings", "intercepts")),
  mlm = run(tests, "pupils", "school", estimator = "MLM", group.equal = c("loadings", "intercepts")),
  holes = run(tests, "holes", "school", missing = "ml", group.equal = c("loadings", "intercepts")),
  ordered = run(tests, "ordered", "school", ordered = TRUE, estimator = "WLSMV"),
  ordered_equal = run(tests, "ordered", "school", ordered = TRUE, estimator = "WLSMV", group.equal = c("loadings", "thresholds")),
  ordered_theta = run(tests, "ordered", "school", ordered = TRUE, estimator = "WLSMV", parameterization = "theta", group.equal = c("loadings", "thresholds")),
  ten = run(two, "ten", "place", group.equal = c("loadings", "intercepts"))
)
shown <- lavResiduals(sem(tests, data = data$pupils, group = "school", group.label = levels_of$school, meanstructure = TRUE,
  group.equal = c("loadings", "intercepts"), group.partial = c("x3~1", "x7~1")), type = "raw", zstat = TRUE)
out <- list(
  study = "mobile-phone customers in two halves, Holzinger and Swineford's pupils in two schools, and ten simulated groups",
  oracle = paste("lavaan", packageVersion("lavaan"), "under", R.version.string),
  script = "scripts/multigroup.R",
  licence = "figures only: numbers that lavaan (GPL-2 or later) computed; no answers of respondents are stored",
  printed_precision = "15 significant digits; lavaan stops its search by the fall of the function",
  models = list(phone = phone, tests = tests, modified = modified, two = two),
  fits = fits,
  residuals = lapply(shown, function(g) list(cov = unname(unclass(g$cov.z)), mean = unname(as.numeric(g$mean.z))))
)
write(toJSON(out, digits = I(15), auto_unbox = TRUE, na = "null", pretty = FALSE), files[6])
